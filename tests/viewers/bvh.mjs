// Plays a .bvh file in three.js to a time in seconds and prints, for every joint, its world position and quaternion as JSON.
import { readFileSync } from "node:fs";
import { AnimationMixer, Quaternion, Scene, Vector3 } from "three";
import { BVHLoader } from "three/examples/jsm/loaders/BVHLoader.js";

const { skeleton, clip } = new BVHLoader().parse(readFileSync(process.argv[2], "utf8"));
const root = skeleton.bones[0];
const scene = new Scene();
scene.add(root);
const mixer = new AnimationMixer(root);
mixer.clipAction(clip).play();
mixer.setTime(Number(process.argv[3]));
scene.updateMatrixWorld(true);
const joints = {};
for (const bone of skeleton.bones.filter((bone) => bone.name && bone.name !== "ENDSITE")) {
  joints[bone.name] = {
    position: bone.getWorldPosition(new Vector3()).toArray(),
    quaternion: bone.getWorldQuaternion(new Quaternion()).toArray(),
  };
}
console.log(JSON.stringify({ duration: clip.duration, joints }));
